/** Version of this release; the same for all its programs. */
export const version = '0.1.0'

/**
 * Something was written by a later release: this one cannot know what it means, so it must not go on
 * as if it had not been there.
 */
export class NewerRelease extends Error {
  override readonly name = 'NewerRelease'
}

/** One change of what the kernel shows as files: an attribute, an object of configfs, a link. */
export type KernelChange =
  /** Written unless it reads the same already: some can be written once only. */
  | { readonly op: 'set'; readonly path: string; readonly text: string }
  /** Written whatever it reads: doing so is what counts. */
  | { readonly op: 'trigger'; readonly path: string; readonly text: string }
  /** No change where it is so already. */
  | { readonly op: 'make' | 'remove'; readonly path: string }
  | { readonly op: 'link'; readonly path: string; readonly to: string }
  | { readonly op: 'unlink'; readonly path: string }

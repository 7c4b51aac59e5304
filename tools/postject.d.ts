/** What is used of `postject`, which has no types: it puts a resource into a program file, where the mark says that there may be one. */
declare module 'postject' {
  export function inject(
    file: string,
    resource: string,
    content: Buffer,
    options: { readonly sentinelFuse: string },
  ): Promise<void>
}

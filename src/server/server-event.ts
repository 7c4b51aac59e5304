/**
 * One server-sent event. A client that was cut off sends the last `id` that it has seen, to go on behind it. An event that many
 * streams give as the same object is encoded once.
 */
export type ServerEvent = { readonly event: string; readonly id?: string; readonly data: unknown }

/** Why an HTTP request is not answered as it asks: the status of its answer, one sentence, and headers. */
export class RequestError extends Error {
  readonly status: number
  readonly headers: { readonly [name: string]: string }

  constructor(status: number, message: string, headers: { readonly [name: string]: string } = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

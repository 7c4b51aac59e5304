/** Posts notifications as JSON to an address: in our own shape, or in one that Slack or Alertmanager reads. */
import * as z from 'zod'
import { Failure, reworded } from '../base/failure.ts'
import { eitherForm, secretOption } from '../base/options.ts'
import { openHttpClient } from '../client/http/client.ts'
import { type HttpOptions, httpOptions } from '../client/http/options.ts'
import { type BodyShape, bodyOf, SHAPES } from './body.ts'
import { defineNotifier, type NotifierType } from './notifier.ts'

/** Bytes of an answer; nothing in it matters but how it begins, for a message. */
const MOST_ANSWER = 64 << 10

type Options = HttpOptions & { readonly shape: BodyShape }

export const webhook: NotifierType = defineNotifier<Options>({
  name: 'webhook',
  summary: 'Posts notifications as JSON; shape: slack and shape: alertmanager are for those programs.',
  options: eitherForm(
    z.strictObject({
      ...httpOptions,
      // A program that knows the address of a webhook may post to it.
      url: secretOption(httpOptions.url.describe('Where they are posted.')),
      shape: z.enum(SHAPES).prefault('tailrace'),
    }),
    (value) => (typeof value === 'string' ? { url: value } : value),
    { type: 'string' },
  ),
  async open({ shape, url, ...options }, { folder, of }) {
    const client = await openHttpClient(options, { folder, of, maxAnswer: MOST_ANSWER })
    const hide = withoutSecretsOf(url)
    const send = async (request: Parameters<typeof client.send>[0]) => {
      try {
        return await client.send(request)
      } catch (error) {
        throw error instanceof Failure ? reworded(error, hide) : error
      }
    }
    return {
      async tell(notification, giveUp) {
        const answer = await send({
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json', 'idempotency-key': notification.id },
          body: bodyOf(shape, notification),
          ...(giveUp && { signal: giveUp }),
        })
        if (answer.status < 200 || answer.status > 299) throw reworded(client.refusal(answer), hide)
      },
      async close() {
        client.close()
      },
    }
  },
})

/** Shortest part of an address that is hidden wherever it stands: shorter ones are words, such as `services`. */
const SECRET_LENGTH = 9

/**
 * Hides the address in a text, however much of it is there: a failure may leave out the query, a server that redirects or
 * complains may repeat the path or a key in it.
 */
function withoutSecretsOf(url: string): (text: string) => string {
  const { origin, href, pathname, searchParams } = new URL(url)
  const whole = [url, href, `${origin}${pathname}`].filter((text) => text !== `${origin}/`)
  const parts = [pathname, ...pathname.split('/'), ...searchParams.values()].flatMap((part) => [part, decoded(part)])
  const secrets = parts.filter((part) => part.length >= SECRET_LENGTH).sort((a, b) => b.length - a.length)
  return (text) => {
    const short = whole.reduce((rest, one) => rest.replaceAll(one, `${origin}/…`), text)
    return secrets.reduce((rest, one) => rest.replaceAll(one, '…'), short)
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Sends notifications as mails. The Message-ID is that of the notification: sent again, it is the same mail. */
import * as z from 'zod'
import { Failure } from '../base/failure.ts'
import { openSmtpClient } from '../client/smtp/client.ts'
import { readAddress, type SmtpOptions, smtpOptions } from '../client/smtp/options.ts'
import { fillTemplate } from '../template/fill.ts'
import { parseTemplate } from '../template/template.ts'
import { defineNotifier, type NotifierType } from './notifier.ts'
import { mistakesInTexts, valuesOf } from './values.ts'

type Options = SmtpOptions & { readonly subject: string; readonly text: string }

export const email: NotifierType = defineNotifier<Options>({
  name: 'email',
  summary: 'Sends notifications as mails.',
  options: z.strictObject({
    ...smtpOptions,
    subject: z.string().min(1).prefault('{{ title }}'),
    text: z.string().min(1).prefault('{{ text }}'),
  }),
  check: ({ to, subject, text }, columns) =>
    mistakesInTexts(
      [...to.map((one, index) => [['to', index], one] as const), [['subject'], subject], [['text'], text]],
      columns,
    ),
  async open(options, { folder, clock }) {
    const client = await openSmtpClient(options, folder)
    const host = readAddress(options.from)?.address.split('@')[1] ?? 'localhost'
    const recipients = options.to.map((one) => parseTemplate(one))
    const [subject, text] = [parseTemplate(options.subject), parseTemplate(options.text)]
    return {
      async tell(notification, giveUp) {
        const values = valuesOf(notification)
        const to = recipients.map((one) => {
          const written = fillTemplate(one, values) ?? ''
          const address = readAddress(written)
          if (address !== undefined) return address
          throw new Failure('io', `${JSON.stringify(written.slice(0, 100))} is no address of a mail`)
        })
        const mail = {
          id: `${notification.id}@${host}`,
          to,
          subject: fillTemplate(subject, values) ?? notification.title,
          text: fillTemplate(text, values) ?? notification.text,
          date: clock.now(),
        }
        const refusal = await client.send(mail, giveUp)
        if (refusal?.isWhole === true) throw new Failure('denied', refusal.reason)
      },
      async close() {
        client.close()
      },
    }
  },
})

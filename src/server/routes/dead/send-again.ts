/**
 * `/api/v1/topics/{topic}/dead/send-again`: appends the records of dead letters to their topic once more, each once, as `tailrace dead
 * --send-again` does. It answers when all are sent.
 */
import * as z from 'zod'
import { RequestError } from '../../../source/request-error.ts'
import { topicWithLetters } from '../../look/kept-topic.ts'
import { defineRoute, inJson, type Route } from '../route.ts'
import { letterChoice, sentChosen } from './forms.ts'

export const sendDeadAgain: Route = defineRoute({
  method: 'POST',
  path: '/api/v1/topics/{topic}/dead/send-again',
  summary: 'Sends the records of dead letters that were no rows to their topic once more, each once.',
  params: z.object({ topic: z.string() }),
  body: z.strictObject(letterChoice),
  answer: inJson(sentChosen),
  async handle({ params, body }, { run }) {
    const { topic, letters } = topicWithLetters(run, params.topic)
    const command = 'send-again'
    const send = run.commands[command]
    if (send === undefined) throw new RequestError(503, 'this run sends nothing again')
    return sentChosen.parse(await send({ command, topic: topic.name, letters: letters.name, ...body }))
  },
})

/** The pages of topics and groups in a real browser, of a pipeline on three real brokers. */
import { Kafka as Kafkajs, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../../scripts/services/kafka/kafka.ts'
import { accessLines, DAY } from '../../access-line.ts'
import { kafkaDemo } from '../kafka-demo.ts'
import { isMissing } from '../missing.ts'
import { expectAccessible, openDashboard, takeScreenshots, withoutBrowser } from './browser.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

let kafka: Kafka
const missing = withoutBrowser || (await isMissing('Kafka', () => installedJars('kafka')))
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ brokers: 3, heapMb: 256 })
})
afterAll(async () => await kafka?.stop())

test.skipIf(missing)(
  'brokers, copies, groups of others and records of Kafka; a broker that is gone is seen at once',
  async () => {
    await using dashboard = await openDashboard({
      'p.yaml': kafkaDemo(kafka.bootstrap),
      'access.log': accessLines(130, DAY),
    })
    await dashboard.running().line(/^demo runs:/)
    const client = new Kafkajs({ clientId: 'indexer', brokers: kafka.bootstrap.split(','), logLevel: logLevel.NOTHING })
    const producer = client.producer()
    await producer.connect()
    const headers = { trace: 'abc', 'content-type': 'text/plain' }
    await producer.send({ topic: 'access', messages: [{ key: 'row 1', value: null, headers, partition: 0 }] })
    const page = await dashboard.open('#/topics')
    const brokers = page.getByRole('group', { name: 'All brokers' })
    await brokers.getByText(/, controller/).waitFor()
    await expect.poll(() => brokers.getByRole('row').count()).toBe(4)
    await page.getByText('in sync', { exact: true }).first().waitFor()
    await expectAccessible(page)
    await takeScreenshots(page, 'topics-kafka')

    // A record of another program, whose value is NULL.
    await page.goto(`${dashboard.url}/#/topics/access?partition=0`)
    const table = page.getByRole('group', { name: 'Table of records' })
    await table.getByRole('row').filter({ hasText: 'deletes' }).getByRole('button').press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Header trace').waitFor()
    await dialog.getByText('row 1', { exact: true }).waitFor()
    await dialog.getByText('it deletes the row of its key').waitFor()
    await page.keyboard.press('Escape')
    await page.goto(`${dashboard.url}/#/topics/access?tab=partitions`)
    await page.getByText('3 of 3').first().waitFor()

    // Another program reads the topic.
    const consumer = client.consumer({ groupId: 'group1' })
    await consumer.connect()
    await consumer.subscribe({ topic: 'access', fromBeginning: true })
    await consumer.run({ eachMessage: async () => undefined })
    await page.goto(`${dashboard.url}/#/groups`)
    await page.getByRole('link', { name: 'group1' }).waitFor()
    await page.getByText('Stable').waitFor()
    await page.getByRole('link', { name: 'group1' }).press('Enter')
    await page.getByRole('group', { name: 'All members' }).getByText('indexer', { exact: true }).waitFor()
    await page.getByText('lag 0').waitFor()
    await expectAccessible(page)
    await takeScreenshots(page, 'group-kafka')
    await consumer.disconnect()

    // Live, what another program appends.
    await page.goto(`${dashboard.url}/#/topics/access`)
    await page.getByRole('button', { name: 'Live', exact: true }).click()
    await page.getByText('live', { exact: true }).waitFor()
    await producer.send({ topic: 'access', messages: [{ value: 'of another program', partition: 1 }] })
    await table.getByText('format', { exact: true }).waitFor()
    await producer.disconnect()

    await page.goto(`${dashboard.url}/#/topics`)
    await kafka.kill(2)
    await page
      .getByText(/under-replicated/)
      .first()
      .waitFor()
    await brokers.getByText('not in the cluster').waitFor()
    await expectAccessible(page)
    await takeScreenshots(page, 'topics-kafka-broken')

    // Without any broker, the page of records says so within seconds.
    for (const broker of [1, 3]) kafka.pause(broker)
    await page.goto(`${dashboard.url}/#/topics/access`)
    await page.getByRole('alert').filter({ hasText: 'did not answer' }).first().waitFor()
    for (const broker of [1, 3]) kafka.resume(broker)
    await page.getByRole('button', { name: 'Try again' }).last().click()
    await table.getByRole('row').nth(1).waitFor()
    dashboard.expectClean()
  },
)

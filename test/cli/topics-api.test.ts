/** Topics, records, groups and dead letters by HTTP, of the real command line. */
import { expect, test } from 'vitest'
import type { DeadGroups, DeadTopic, LettersPage, SentChosen } from '../../src/server/api/dead.ts'
import type { GroupStatus, TopicStatus } from '../../src/server/api/status.ts'
import type { BusView, RecordsEvent, RecordsPage, ShownRecord, TopicDetail } from '../../src/server/api/topics.ts'
import { accessLine, accessLines, DAY } from '../access-line.ts'
import { demo } from './demo.ts'
import { type Folder, folderWith, send } from './tailrace.ts'

const TCP = demo('tcp: 127.0.0.1:0')
type Listed<Item> = { readonly items: readonly Item[]; readonly next: string | null }

async function started(folder: Folder, ...more: readonly string[]) {
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0', ...more)
  const port = await running.port(/^(--listen|dashboard): http/)
  const sourcePort = await running.port(/^demo runs:/)
  const url = `http://127.0.0.1:${port}/api/v1`
  const ask = async <Answer>(path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}/${path}`, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${response.status} ${text}`)
    return JSON.parse(text) as Answer
  }
  const post = <Answer>(path: string, body: unknown): Promise<Answer> =>
    ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  /** Asks until the answer fits; what is asked for comes by itself. */
  const once = async <Answer>(path: string, fits: (answer: Answer) => boolean): Promise<Answer> => {
    for (;;) {
      const answer = await ask<Answer>(path)
      if (fits(answer)) return answer
    }
  }
  return { running, url, ask, post, once, send: (text: string) => send(sourcePort, text) }
}

const texts = (records: readonly ShownRecord[]) => records.map(({ value }) => value?.text)

test('topics, their records from a place or a time, with a search, page by page, and their readers', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const { running, ask, once, send } = await started(folder)
  const lines = accessLines(130, DAY).trimEnd().split('\n')
  await send(`${lines.join('\n')}\n`)
  const { items } = await once<Listed<TopicStatus>>('topics', ({ items }) => items[0]?.records === 130)
  expect(items.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'access source',
    'access.dead dead',
    'demo.paths query',
    'demo.paths.dead dead',
  ])
  expect((await ask<Listed<TopicStatus>>('topics?limit=1')).next).toBe('access')
  expect((await ask<Listed<TopicStatus>>('topics?kind=query')).items.map(({ name }) => name)).toEqual(['demo.paths'])

  const detail = await ask<TopicDetail>('topics/access')
  expect(detail).toMatchObject({ format: 'common', topic: { partitions: [{ firstArrival: expect.any(String) }, {}] } })
  expect(detail.columns.find(({ isEventTime }) => isEventTime)).toMatchObject({ name: 'ts', type: 'TIMESTAMP_LTZ(3)' })
  expect(await ask<BusView>('bus')).toMatchObject({ type: 'embedded', brokers: [] })

  // All of one partition, the oldest first, in pages.
  const found: ShownRecord[] = []
  let end = ''
  for (let after = ''; ; ) {
    const page = await ask<RecordsPage>(`topics/access/records?partition=0&from=earliest&limit=20${after}`)
    found.push(...page.items)
    end = page.end
    if (page.next === null) break
    after = `&after=${page.next}`
  }
  expect(end).toBe('0:65')
  expect(texts(found)).toEqual(lines.filter((_, i) => i % 2 === 0))
  expect(found[3]).toMatchObject({
    partition: 0,
    offset: 3,
    key: null,
    headers: [],
    noRow: null,
    timestampType: 'append',
  })
  expect(found[3]?.row).toMatchObject({ http_method: 'GET', status: 200 })

  const newest = await ask<RecordsPage>('topics/access/records?partition=1&limit=3')
  expect(texts(newest.items)).toEqual([lines[129], lines[127], lines[125]])
  expect((await ask<RecordsPage>('topics/access/records?limit=200')).items).toHaveLength(130)
  const one = await ask<RecordsPage>('topics/access/records?partition=1&offset=7&limit=1&valueBytes=10')
  expect(one.items).toMatchObject([{ offset: 7, value: { text: lines[15]?.slice(0, 10), bytes: lines[15]?.length } }])
  const late = await ask<RecordsPage>('topics/access/records?time=2999-01-01T00:00:00Z')
  expect(late).toMatchObject({ items: [], next: null })

  const first = lines[77]?.match(/GET (\S+)/)?.[1] ?? ''
  const searched = await ask<RecordsPage>(
    `topics/access/records?limit=200&search=${encodeURIComponent(first.toUpperCase())}`,
  )
  expect(searched.looked).toBe(130)
  expect(searched.items).toHaveLength(lines.filter((line) => line.includes(first)).length)

  const groups = await once<Listed<GroupStatus>>('groups', ({ items }) => items.length === 2)
  expect(groups.items.map(({ name, part }) => `${name}: ${part}`)).toEqual([
    'demo.query.paths: query paths',
    'demo.sink.paths: sink paths',
  ])
  expect(await ask<GroupStatus>('groups/demo.query.paths')).toMatchObject({ reads: [{ topic: 'access' }] })
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('what cannot be answered says why, with the names there are', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const { running, ask, post } = await started(folder)
  const refused = [
    ['topics/acess', '404 {"error":"the pipeline has no topic \\"acess\\"; there are: access, access.dead'],
    ['topics/access/records?partition=2', '404 {"error":"topic access has no partition 2: it has 0 to 1'],
    ['topics/access/records?partition=x', '400 {"error":"query: partition'],
    ['topics/access/records?offset=1&from=earliest', '400 {"error":"query: from and offset: give one of them'],
    ['topics/access/records?after=7', '400 {"error":"query: after: these are no places in topic access'],
    ['topics/access/records?after=5:0', '400 {"error":"query: after: these are no places in topic access'],
    ['topics/access/records?time=yesterday', '400 {"error":"query: time'],
    ['topics/access/records?limit=100000', '400 {"error":"query: limit'],
    ['topics/access/records?limit=1&limit=2', '400 {"error":"query: limit: it is there more than once'],
    ['topics?limits=1', '400 {"error":"query: there is no parameter \\"limits\\"; there are: limit, after, kind"'],
    ['queries/paths/records', '400 {"error":"query: offset: it is missing"'],
    [
      'topics/access.dead/dead',
      '404 {"error":"the pipeline has no topic \\"access.dead\\"; there are: access, demo.paths',
    ],
    ['topics/access/dead/letters?kind=lat', '400 {"error":"query: kind'],
    ['groups/nobody', '404 {"error":"the pipeline has no group \\"nobody\\"'],
  ] as const
  for (const [path, answer] of refused) await expect(ask(path)).rejects.toThrow(answer)
  await expect(post('topics/access/dead/send-again', { kinds: 'format' })).rejects.toThrow('400 {"error":"body')
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('records come as events as they come in, and a client that was cut off goes on behind the last', async () => {
  using folder = folderWith({ 'p.yaml': TCP.replace('partitions: 2', 'partitions: 1') })
  const { running, url, once, send } = await started(folder)
  const line = (minute: number) => accessLine(DAY + 60_000 * minute)
  await send(line(1))
  await once<Listed<TopicStatus>>('topics', ({ items }) => items[0]?.records === 1)
  const follow = async (wanted: number, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/topics/access/records/events`, { headers })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const seen: ShownRecord[] = []
    let text = ''
    let id = ''
    let isAsked = false
    while (seen.length < wanted) {
      const read = await reader?.read()
      text += read?.value ?? ''
      for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
        const event = text.slice(0, at)
        text = text.slice(at + 2)
        const data = /^data: (.*)$/m.exec(event)?.[1]
        id = /^id: (.*)$/m.exec(event)?.[1] ?? id
        if (data === undefined) continue
        seen.push(...(JSON.parse(data) as RecordsEvent).items)
        // Only once the stream has begun is what comes sure to be behind its begin.
        if (!isAsked && headers['last-event-id'] === undefined) await send(line(2) + line(3))
        isAsked = true
      }
    }
    await reader?.cancel()
    return { seen, id }
  }
  const first = await follow(2)
  expect(texts(first.seen)).toEqual([line(2).trimEnd(), line(3).trimEnd()])
  await send(line(4))
  const second = await follow(1, { 'last-event-id': first.id })
  expect(texts(second.seen)).toEqual([line(4).trimEnd()])
  // HEAD opens no stream, so none of the few that may be open is gone after it.
  for (let asked = 0; asked < 40; asked++) {
    const { status } = await fetch(`${url}/topics/access/records/events`, { method: 'HEAD' })
    expect({ asked, status }).toEqual({ asked, status: 200 })
  }
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('dead letters by reason with the byte, single ones, and sent again after the format was mended', async () => {
  const csv = TCP.replace(
    'format: common',
    'format: { csv: { columns: { ts: TIMESTAMP_LTZ(3), path: STRING, n: INT } } }',
  )
  using folder = folderWith({ 'p.yaml': csv.replace('partitions: 2', 'partitions: 1') })
  const { running, ask, post, once, send } = await started(folder)
  await send('2026-12-01T00:00:00Z,/a,1\n2026-12-01T00:00:01Z,/b,x\n2026-12-01T00:00:02Z,/c,x\n2026-12-01 nonsense\n')
  const known = await once<DeadGroups>('topics/access/dead', ({ kept }) => kept === 3)
  expect(known).toMatchObject({ looked: 3, next: null })
  const [most] = known.items
  expect(known.items.map(({ kind, count }) => `${kind} ${count}`)).toEqual(['format 2', 'format 1'])
  const overview = await ask<Listed<DeadTopic>>('dead')
  expect(overview.items[0]).toMatchObject({ topic: 'access', kept: 3 })
  const letters = await ask<LettersPage>('topics/access/dead/letters?limit=2')
  expect(letters.items.map(({ of }) => of?.offset)).toEqual([3, 2])
  const rest = await ask<LettersPage>(`topics/access/dead/letters?limit=2&after=${letters.next}`)
  expect(rest.items).toMatchObject([
    { of: { offset: 1 }, byte: 24, record: { text: '2026-12-01T00:00:01Z,/b,x' }, wasSent: false, repair: null },
  ])
  const ofGroup = await ask<LettersPage>(`topics/access/dead/letters?group=${encodeURIComponent(most?.id ?? '')}`)
  expect(ofGroup.items.map(({ of }) => of?.offset)).toEqual([2, 1])

  folder.write('p.yaml', csv.replace('partitions: 2', 'partitions: 1').replace('n: INT', 'n: STRING'))
  expect(await folder.tailrace('reload')).toMatchObject({ code: 0 })
  const sent = await post<SentChosen>('topics/access/dead/send-again', { group: most?.id })
  expect(sent).toMatchObject({ sent: 2, earlier: 0, gone: 0, used: 0 })
  expect(await post<SentChosen>('topics/access/dead/send-again', { group: most?.id })).toMatchObject({
    sent: 0,
    earlier: 2,
  })
  const after = await once<DeadGroups>('topics/access/dead', ({ items }) =>
    items.some(({ sentAgain }) => sentAgain > 0),
  )
  expect(after.items.find(({ id }) => id === most?.id)).toMatchObject({ sentAgain: 2, canSend: true })
  const rows = await ask<RecordsPage>('topics/access/records?from=earliest')
  expect(rows.items.slice(4).map(({ row }) => row?.path)).toEqual(['/b', '/c'])
  expect(await running.stop()).toMatchObject({ code: 0 })
})

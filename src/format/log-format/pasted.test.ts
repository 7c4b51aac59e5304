/** Formats as people paste them, and what is refused, with the place. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { reserved } from '../../sql/syntax/reserved.ts'
import { logFormat } from './log-format.ts'
import { readPasted } from './pasted.ts'

const plain = (source: string) => {
  const { server, escape: escaping, text } = readPasted(source, undefined)
  return `${server} ${escaping} ${text}`
}

test('nginx: quotes, joined strings, comments, escapes of the configuration', () => {
  expect(plain("log_format a '$x';")).toBe('nginx default $x')
  expect(plain(`log_format "a b" escape=none '$x ' # why\n  "\\"$y\\" " # '$no'\n $z;\nserver {`)).toBe(
    'nginx none $x "$y" $z',
  )
  expect(plain("  log_format a 'it\\'s \\\\ $x\\t\\d' ;")).toBe("nginx default it's \\ $x\t\\d")
  expect(plain("# log_format old '$z';\n\n  log_format a '$x';\naccess_log logs/a a;")).toBe('nginx default $x')
  expect(plain("'$x '\n'$y'")).toBe('nginx default $x $y')
  expect(plain('"$x "\n"$y";')).toBe('nginx default $x $y')
  expect(plain('"$x" "$y"')).toBe('nginx default "$x" "$y"')
  expect(plain("escape=json '{$x}'")).toBe('nginx json {$x}')
  expect(plain('$x \\"$y\\"\n')).toBe('nginx default $x "$y"')
  expect(plain('${x}a')).toBe('nginx default ${x}a')
  expect(plain('{"a":"$x"}')).toBe('nginx json {"a":"$x"}')
})

test('Apache: quotes, continued lines, names', () => {
  expect(plain('LogFormat "%h \\"%r\\" \\\\ \\d" x')).toBe('apache apache %h "%r" \\ \\d')
  expect(plain('logformat \'%h "%r"\'')).toBe('apache apache %h "%r"')
  expect(plain('LogFormat \\\n  "%h %{Referer}i" \\\n x')).toBe('apache apache %h %{Referer}i')
  expect(plain('CustomLog logs/a "%h"')).toBe('apache apache %h')
  expect(plain('# LogFormat "%h" x\n')).toBe('apache apache %h')
  expect(plain('# LogFormat "%l" old\n\nLogFormat "%h" x\nCustomLog logs/a x')).toBe('apache apache %h')
})

/** The message, and the text from the place on. */
function refusal(source: string, escaping?: 'json') {
  try {
    logFormat.open({ text: source, escape: escaping }, undefined)
  } catch (error) {
    if (!(error instanceof Failure) || error.place === undefined) throw error
    const { line, column } = error.place
    return [error.message.replace('log_format: ', ''), source.split('\n')[line - 1]?.slice(column - 1)]
  }
  return undefined
}

test.each([
  [
    'log_format main;',
    'log_format has a name and then the format in quotes: one of them is missing',
    'log_format main;',
  ],
  ["log_format a '$x", "the quote ' that begins here does not end", "'$x"],
  ["log_format a escape=xml '$x';", 'escape=xml is none of nginx: default, json or none', "escape=xml '$x';"],
  ["log_format a '$x ' '$ y';", 'a $ that no name follows (nginx knows no way to write one)', "$ y';"],
  ["log_format a '${x y';", 'the brace of ${x does not close', "${x y';"],
  [
    "log_format a\n '$status '\n '$scheme$host';",
    'nothing tells where $scheme ends: there is no text between it and $host',
    "$scheme$host';",
  ],
  [
    '$bytes_sent$status',
    'nothing tells where $bytes_sent ends: there is no text between it and $status',
    '$bytes_sent$status',
  ],
  [
    '$http_user_agent $http_x',
    'nothing tells where $http_user_agent ends: it has spaces, and so has the text between it and $http_x',
    '$http_user_agent $http_x',
  ],
  ['%r %f', 'nothing tells where %r ends: it has spaces, and so has the text between it and %f', '%r %f'],
  ['$x\n$y', 'a line end within the format: a record is one line', ''],
  ['LogFormat combined', "'combined' is the name of a format, not its text", 'combined'],
  ['%h %Z', 'Apache has no directive %Z', '%Z'],
  ['%h %', 'a % that no directive follows (%% is a percent sign)', '%'],
  ['$x %h', 'this has variables of nginx ($) and of Apache (%)', '$x %h'],
  ['combined', 'this has no variable: neither $NAME of nginx nor %LETTER of Apache', 'combined'],
  [
    "log_format a '$status';\n  log_format b '$host';",
    'a second log_format: a log has one format',
    "log_format b '$host';",
  ],
  ['LogFormat "%h" a\nLogFormat "%s" b', 'a second LogFormat: a log has one format', 'LogFormat "%s" b'],
  [`$x${'y'.repeat(17_000)}`, 'the format has more than 16384 characters', undefined],
])('%j is refused', (source, message, rest) => {
  const [found, place] = refusal(source) ?? []
  expect(found).toBe(message)
  if (rest !== undefined) expect(place).toBe(rest)
})

test('Apache has no escape=, and a format has a limit of fields', () => {
  expect(refusal('%h', 'json')?.[0]).toBe('Apache has no escape=: it belongs to nginx')
  expect(refusal(Array.from({ length: 201 }, (_, i) => `$v${i}`).join(' '))).toEqual([
    'the format has more than 200 fields',
    '$v200',
  ])
})

test('a hint says what to do', () => {
  expect(() => logFormat.open({ text: '$scheme$host' }, undefined)).toThrow(
    expect.objectContaining({ part: ['text'], hint: expect.stringContaining('quotes around it') }),
  )
})

test('a column that is taken gets a number, and no column of the servers has a reserved name', () => {
  const names = logFormat
    .open({ text: '$status $status "$request" "$request" $time_local|$time_local' }, undefined)
    .fields.map(({ name }) => name)
  expect(names.slice(0, 3)).toEqual(['status', 'status_2', 'request'])
  expect(names).toContain('request_2')
  expect(names.slice(-2)).toEqual(['ts', 'time_local'])
  const all = [
    '$remote_addr $server_addr $host $hostname $server_name $scheme $request_method $server_protocol $request_id $pipe',
    '$uri $document_uri $connection $connection_requests $msec $pid $https $http2 $args $query_string $protocol',
    '%a %A %B %D %f %h %H %I %k %l %L %m %O %p %P %q %R %s %S %T %u %U %v %V %X %{c}a %{tid}P %{ms}T %^FB %{x}C %{x}e %{x}n',
  ].flatMap((text) => logFormat.open({ text: text.replaceAll(' ', '|') }, undefined).fields)
  expect(all.filter(({ name }) => reserved.has(name.toUpperCase())).map(({ name }) => name)).toEqual([])
})

test('any text is a format, or refused with a place', () => {
  const pieces =
    "log_format LogFormat CustomLog main escape=json escape= ' \" \\ \\' ; # $ ${ } $status $request $uri $is_args$args $time_local".split(
      ' ',
    )
  const more = [
    '%',
    '%h',
    '%t',
    '%>s',
    '%{',
    '}t',
    '%{sec}t',
    '%{%F %T}t',
    '%{msec_frac}t',
    '%U',
    '%q',
    '%%',
    ' ',
    '  ',
    '\n',
    '\t',
    'é',
    '[',
    '{"a":',
  ]
  const text = fc.array(fc.oneof(fc.constantFrom(...pieces, ...more), fc.string({ maxLength: 3 })), { maxLength: 12 })
  fc.assert(
    fc.property(text, (written) => {
      const source = written.join('')
      try {
        const { fields } = logFormat.open({ text: source }, undefined)
        expect(fields.length).toBeGreaterThan(0)
        expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length)
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        const { line = 0, column = 0 } = error.place ?? {}
        expect(source.split('\n')[line - 1]?.length).toBeGreaterThanOrEqual(column - 1)
        expect(column).toBeGreaterThan(0)
      }
    }),
    { numRuns: 3000 },
  )
})

/** Contact points as people write them. */
import { expect, test } from 'vitest'
import * as z from 'zod'
import { isSecretOption } from '../../base/options.ts'
import { consistencyOption, parseContactPoint, placeOptions, shownPoints } from './place.ts'

test('a contact point has a port, 9042 by default', () => {
  expect(parseContactPoint('db1')).toEqual({ host: 'db1', port: 9042 })
  expect(parseContactPoint('127.0.0.1:19042')).toEqual({ host: '127.0.0.1', port: 19_042 })
  expect(parseContactPoint('[::1]:9042')).toEqual({ host: '::1', port: 9042 })
  for (const wrong of ['', 'db1:', 'db1:99999', 'http://db1', 'a b', '::1'])
    expect(parseContactPoint(wrong)).toBeUndefined()
})

test('contact points are a list, or a text with commas; consistency is written in any case', () => {
  const place = z.strictObject(placeOptions)
  const { contact_points, local_datacenter, timeout } = place.parse({ contact_points: 'a:1, b,[::1]:2' })
  expect(shownPoints(contact_points)).toBe('a:1,b:9042,[::1]:2')
  expect({ local_datacenter, timeout }).toEqual({ local_datacenter: 'datacenter1', timeout: 10_000 })
  expect(place.safeParse({ contact_points: ['a:b'] }).error?.message).toContain('is no contact point')
  expect([undefined, 'LOCAL_QUORUM', 'one'].map((name) => consistencyOption.parse(name))).toEqual([
    'quorum',
    'local_quorum',
    'one',
  ])
})

test('the password is a secret', () => {
  const password = placeOptions.password as z.ZodOptional
  expect(isSecretOption(password.unwrap())).toBe(true)
})

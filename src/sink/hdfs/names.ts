/** What options say of HDFS: its address, and names in it. */
import * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import { type HdfsAddress, isHdfsName, parseHdfsAddress } from '../../client/webhdfs/address.ts'
import type { DatedText } from '../rolled/dated-path.ts'

/** The address of the NameNodes, without a path. */
export const namenodes: z.ZodType<HdfsAddress, string> = z.string().transform((text, context): HdfsAddress => {
  try {
    const found = parseHdfsAddress(text)
    if (found.path === '' || found.path === '/') return found
    context.addIssue(`'${text}' has a path: give it as \`path\``)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    context.addIssue(error.message)
  }
  return z.NEVER
})

export const user: z.ZodType<string | undefined> = z.string().min(1).optional()

export const NO_COLONS = 'HDFS has no names with a colon'
export const NO_FOLDER = 'expected a whole path of HDFS, as /logs/%y-%m-%d, without colons, . and ..'

/** Whether a part of a name may be in HDFS. */
export const isHdfsPart = (part = ''): boolean => isHdfsName(`/${part}`)

/** Whether a path may be in HDFS. The folder of one day stands for all. */
export const isHdfsFolder = ({ at }: DatedText): boolean => isHdfsName(at(0))

/**
 * A sender of Lumberjack made of Elastic's own library, which Filebeat has its protocol from. Go builds it in seconds, once; Filebeat
 * itself takes minutes.
 */
import { builtByGo } from '../go-program.ts'

const VERSION = '0.1.0'

/** The path of the program, which is built if it is not there. Throws if it cannot be. */
export const installedLumber = (): Promise<string> =>
  builtByGo({
    name: 'lumber',
    version: VERSION,
    what: 'the sender of Lumberjack',
    main: new URL('main.go', import.meta.url),
    modules: [`github.com/elastic/go-lumber@v${VERSION}`],
  })

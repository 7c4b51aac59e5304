/**
 * The hosts and paths of a log like NASA's of July 1995: 81,000 hosts, a fifth of them bare addresses, and 20,000 paths, the
 * best known ones first. They have a seed of their own, so that every generated log has the same visitors.
 */
import { seededRandom } from '../../../base/random.ts'

const HOSTS = 81_000
const PATHS = 20_000
const SEED = 1995

/** The path with the most requests comes first. */
const KNOWN_PATHS = `/images/NASA-logosmall.gif /images/KSC-logosmall.gif /images/MOSAIC-logosmall.gif
/images/USA-logosmall.gif /images/WORLD-logosmall.gif /images/ksclogo-medium.gif /images/launch-logo.gif
/shuttle/countdown/ /ksc.html /images/ksclogosmall.gif / /history/apollo/images/apollo-logo1.gif
/shuttle/missions/missions.html /shuttle/countdown/count70.gif /images/launchmedium.gif
/shuttle/missions/sts-70/mission-sts-70.html /shuttle/missions/sts-71/mission-sts-71.html /icons/menu.xbm
/icons/blank.xbm /icons/image.xbm /shuttle/missions/sts-70/sts-70-patch-small.gif /shuttle/countdown/liftoff.html
/history/apollo/images/footprint-logo.gif /history/history.html /software/winvn/winvn.html
/shuttle/countdown/video/livevideo.gif /shuttle/resources/orbiters/orbiters-logo.gif /images/ /images/construct.gif
/history/apollo/apollo.html /software/winvn/winvn.gif /history/apollo/apollo-13/apollo-13.html
/history/apollo/images/apollo-small.gif /software/winvn/wvsmall.gif /software/winvn/bluemarb.gif /htbin/cdt_main.pl
/images/shuttle-patch-logo.gif /images/Nasa-logo.gif /icons/text.xbm /shuttle/technology/sts-newsref/stsref-toc.html
/shuttle/missions/sts-70/images/images.html /facilities/lc39a.html /elv/elvpage.htm /icons/unknown.xbm`.split(/\s+/)

const NETWORKS = `prodigy.com aol.com compuserve.com netcom.com ix.netcom.com pipex.com msfc.nasa.gov ksc.nasa.gov
gsfc.nasa.gov larc.nasa.gov jpl.nasa.gov mit.edu stanford.edu berkeley.edu cmu.edu umich.edu utexas.edu cornell.edu
uiuc.edu ucla.edu ibm.com hp.com sun.com dec.com att.com mcs.net interaccess.com eskimo.com teleport.com primenet.com
uu.net demon.co.uk shef.ac.uk cam.ac.uk ic.ac.uk tu-muenchen.de uni-stuttgart.de ethz.ch inria.fr kth.se uio.no
niigata-u.ac.jp tokyo.ac.jp nova.co.jp utoronto.ca mcgill.ca ubc.ca unimelb.edu.au anu.edu.au sci.fi singnet.com.sg
euronet.nl xs4all.nl pacbell.com`.split(/\s+/)

const MACHINES = `piweba www-proxy dial slip ppp ts ix-sf pc mac news gate gw dns alyssa burger unicomp hoover titan
orion apollo venus mars zeus kirk spock node ws lab port dd13 d-line cs ee physics astro lib`.split(/\s+/)

const TOPICS = ['mission', 'launch', 'crew', 'orbit', 'patch', 'landing', 'payload', 'pad', 'tower', 'rollout']
const ENDINGS = ['.gif', '-small.gif', '.html', '.gif', '.jpg', '.txt', '.gif', '.mpg']

/** All hosts, the one with the most requests first. */
export function hostNames(): readonly string[] {
  const { below } = seededRandom(SEED)
  return distinct(HOSTS, () => {
    if (below(5) === 0) return `${128 + below(80)}.${below(256)}.${below(256)}.${1 + below(254)}`
    return `${pick(MACHINES, below)}${below(500)}.${pick(NETWORKS, below)}`
  })
}

/** All paths, the one with the most requests first. */
export function pathNames(): readonly string[] {
  const { below } = seededRandom(SEED + 1)
  return distinct(PATHS, (made) => KNOWN_PATHS[made] ?? madeUpPath(below))
}

function madeUpPath(below: (limit: number) => number): string {
  const topic = pick(TOPICS, below)
  const ending = pick(ENDINGS, below)
  switch (below(8)) {
    case 0:
    case 1:
    case 2:
      return `/shuttle/missions/sts-${26 + below(50)}/images/${topic}-${below(100)}${ending}`
    case 3:
      return `/shuttle/missions/sts-${26 + below(50)}/movies/${topic}${below(60)}.mpg`
    case 4:
      return `/history/apollo/apollo-${1 + below(17)}/${topic}-${below(60)}${ending}`
    case 5:
      return `/shuttle/technology/sts-newsref/${topic}_${below(300)}.html`
    case 6:
      if (below(8) > 0) return `/shuttle/countdown/images/${topic}${below(400)}${ending}`
      return `/cgi-bin/imagemap/countdown70?${below(380)},${below(320)}`
    default:
      return `/${pick(['facilities', 'elv', 'software', 'mdss', 'statistics'], below)}/${topic}${below(300)}${ending}`
  }
}

function pick(words: readonly string[], below: (limit: number) => number): string {
  return words[below(words.length)] as string
}

function distinct(count: number, make: (made: number) => string): readonly string[] {
  const names = new Set<string>()
  while (names.size < count) names.add(make(names.size))
  return [...names]
}

/**
 * The members of a group on Kafka that divide something among themselves: the coordinator of the group keeps the list, lets
 * one of them decide, and tells all of them what it has decided. Protocol type `tailrace`: no consumer can join by mistake.
 *
 *   JoinGroup 5    every member says what it is; one of them, the leader, gets what all have said
 *   SyncGroup 3    the leader says what each member gets; each gets its own
 *   Heartbeat 3    a member is there; the answer says whether the members are being asked anew
 *   LeaveGroup 3   a member goes, and what it had is divided at once
 */
import { heartbeatV3, joinGroupV5, leaveGroupV3, syncGroupV3 } from '@platformatic/kafka'
import { checkCode } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import { askCoordinator } from './coordinator.ts'

const PROTOCOL_TYPE = 'tailrace'
/** Changes with what members say to each other: members of different ones cannot be in one group. */
const PROTOCOL = 'tailrace-1'

const ILLEGAL_GENERATION = 22
const UNKNOWN_MEMBER = 25
const REBALANCE = 27
const MEMBER_ID_REQUIRED = 79

/** `id`: what the coordinator calls a member; empty before it has given it one. */
export type Membership = { readonly id: string; readonly generation: number }

/** What a member has said, as it said it. */
export type MemberTold = { readonly id: string; readonly told: Uint8Array }

export type JoinedGroup = Membership & {
  /** What all members have said, where this one is to decide; undefined: another one does. */
  readonly members: readonly MemberTold[] | undefined
}

/** `again`: the members are being asked anew. `unknown`: the coordinator does not know the member any more. */
export type MemberNews = 'again' | 'unknown'

/** A group as one of its members sees it. All reject with a Failure; what may pass is tried again until the bus is closed. */
export type Members = {
  /** Resolves when every member has said what it is; `id` is empty for a new member. */
  join(id: string, told: Uint8Array): Promise<JoinedGroup | MemberNews>
  /** `decided`: what each member gets, by its id; only from the one that decides. Resolves to what this one gets. */
  sync(membership: Membership, decided: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array | MemberNews>
  /** `here`: it is a member, and nothing has changed. */
  heartbeat(membership: Membership): Promise<'here' | MemberNews>
  /** Resolves when the coordinator does not know the member any more. */
  leave(id: string): Promise<void>
}

export type MembersOptions = {
  /** A member that is silent for this time is none any more. */
  readonly sessionMs: number
  /** How long the others wait for a member that does not join again. */
  readonly rejoinMs: number
}

/** The members of a group, which need not be there yet. */
export function openMembers(cluster: Cluster, group: string, { sessionMs, rejoinMs }: MembersOptions): Members {
  // A member that waits for the others says meanwhile that it is there, on another connection.
  const joining = askCoordinator(cluster, 'group', 'members')
  const living = askCoordinator(cluster, 'group', 'heartbeat')
  const subject = `the members of group ${group}`
  const newsOf = (code: number): MemberNews | undefined => {
    if (code === REBALANCE) return 'again'
    return code === UNKNOWN_MEMBER || code === ILLEGAL_GENERATION ? 'unknown' : undefined
  }
  return {
    async join(id, told) {
      const protocols = [{ name: PROTOCOL, metadata: Buffer.from(told) }]
      return joining(group, async (link) => {
        const ask = (as: string) =>
          link.use((connection) =>
            joinGroupV5.api.async(connection, group, sessionMs, rejoinMs, as, null, PROTOCOL_TYPE, protocols),
          )
        const first = await ask(id)
        const answer = first.errorCode === MEMBER_ID_REQUIRED ? await ask(first.memberId) : first
        const news = newsOf(answer.errorCode)
        if (news !== undefined) return news
        checkCode(answer.errorCode, subject)
        const { memberId, generationId: generation, leader } = answer
        const all = answer.members.map((one) => ({ id: one.memberId, told: one.metadata }))
        return { id: memberId, generation, members: leader === memberId ? all : undefined }
      })
    },
    async sync({ id, generation }, decided) {
      const assignments = [...decided].map(([memberId, gets]) => ({ memberId, assignment: Buffer.from(gets) }))
      return joining(group, async (link) => {
        const answer = await link.use((connection) =>
          syncGroupV3.api.async(connection, group, generation, id, null, null, null, assignments),
        )
        const news = newsOf(answer.errorCode)
        if (news !== undefined) return news
        checkCode(answer.errorCode, subject)
        return answer.assignment
      })
    },
    async heartbeat({ id, generation }) {
      return living(group, async (link) => {
        const { errorCode } = await link.use((connection) =>
          heartbeatV3.api.async(connection, group, generation, id, null),
        )
        const news = newsOf(errorCode)
        if (news === undefined) checkCode(errorCode, subject)
        return news ?? 'here'
      })
    },
    async leave(id) {
      await living(group, async (link) => {
        const { errorCode, members } = await link.use((connection) =>
          leaveGroupV3.api.async(connection, group, [{ memberId: id }]),
        )
        for (const code of [errorCode, ...members.map((one) => one.errorCode)]) {
          if (code !== UNKNOWN_MEMBER) checkCode(code, subject)
        }
      })
    },
  }
}

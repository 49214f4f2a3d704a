import type { Adapter } from '../contract/adapter.ts'
import type { Finding } from '../contract/finding.ts'

const severities: readonly Finding['severity'][] = ['error', 'warning', 'note']

const notDurable: Finding = {
  severity: 'warning',
  subject: 'the database',
  problem: 'ends with this process, and all that was written with it',
  remedy: 'keep nothing in it that you need: it is for tests and demos',
}

/** What an adapter finds and what its capabilities say, the worst first. */
export async function examine(adapter: Adapter): Promise<Finding[]> {
  const found = [...(await adapter.doctor()), ...(adapter.capabilities.durable ? [] : [notDurable])]
  const rank = ({ severity, subject, problem }: Finding) =>
    `${severities.indexOf(severity)} ${subject} ${problem}`
  return found.sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

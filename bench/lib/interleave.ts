/** Something that is measured beside others that do the same. */
export interface Contender {
  readonly name: string
  /** Does the operations from number `first` on, `count` of them, one after another. */
  run(first: number, count: number): Promise<void>
}

export interface Plan {
  readonly rounds: number
  /** How long a contender's turn in a round should take. */
  readonly turnMs: number
  /** How long each runs beforehand, for the compiler to have seen it all. */
  readonly warmUpMs: number
  /** Runs before each turn, untimed; puts back what the turn before has changed. */
  readonly reset?: (() => void | Promise<void>) | undefined
}

/** Microseconds per operation, one figure for each round. */
export interface Times {
  readonly wall: number[]
  /**
   * Of the processor alone, so without waiting for the disk or for other programs: what to look at
   * when the machine is busy, and the rounds of `wall` are far apart.
   */
  readonly cpu: number[]
}

/**
 * Lets the contenders take turns (A B C, B C A, …), so that whatever happens to the machine
 * meanwhile happens to all of them.
 */
export async function interleave(
  contenders: readonly Contender[],
  plan: Plan,
): Promise<ReadonlyMap<string, Times>> {
  const runners: { contender: Contender; count: number; times: Times }[] = []
  for (const contender of contenders) {
    runners.push({ contender, count: await warmUp(contender, plan), times: { wall: [], cpu: [] } })
  }
  for (let round = 1; round <= plan.rounds; round++) {
    for (let turn = 0; turn < runners.length; turn++) {
      const { contender, count, times } = runners[(round + turn) % runners.length]!
      const { wallMs, cpuMs } = await timed(contender, round * count, count, plan)
      times.wall.push((wallMs * 1000) / count)
      times.cpu.push((cpuMs * 1000) / count)
    }
  }
  return new Map(runners.map(({ contender, times }) => [contender.name, times]))
}

/** Brings a contender up to speed; returns how many operations make a turn. */
async function warmUp(contender: Contender, plan: Plan): Promise<number> {
  let count = 1
  for (let spentMs = 0; ;) {
    const { wallMs } = await timed(contender, 0, count, plan)
    const perTurn = Math.ceil((count * plan.turnMs) / wallMs)
    spentMs += wallMs
    if (spentMs >= plan.warmUpMs) return perTurn
    count = Math.min(perTurn, count * 2)
  }
}

async function timed(contender: Contender, first: number, count: number, plan: Plan) {
  // Nobody pays for what another has driven out of the caches, nor for the garbage of another.
  await contender.run(first, Math.ceil(count / 4))
  await plan.reset?.()
  globalThis.gc?.({ type: 'minor' })
  const startCpu = process.cpuUsage()
  const startMs = performance.now()
  await contender.run(first, count)
  const wallMs = performance.now() - startMs
  const { user, system } = process.cpuUsage(startCpu)
  return { wallMs, cpuMs: (user + system) / 1000 }
}

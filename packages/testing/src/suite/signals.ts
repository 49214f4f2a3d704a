const abandoned = new Error('the branch that would have given this signal has failed')

/** True for what those get who wait for a branch that has failed: the news is the other's error. */
export function isAbandoned(error: unknown): boolean {
  return error === abandoned
}

/** What the branches of a scenario wait for each other with. */
export class Signals {
  readonly #gates = new Map<string, Gate>()
  #abandoned = false

  give(name: string): void {
    this.#gate(name).open()
  }

  wait(name: string): Promise<void> {
    return this.#gate(name).passed
  }

  /** A branch has failed: whoever waits for it, now or later, fails too instead of hanging. */
  abandon(): void {
    this.#abandoned = true
    for (const gate of this.#gates.values()) gate.break(abandoned)
  }

  #gate(name: string): Gate {
    let gate = this.#gates.get(name)
    if (gate === undefined) {
      this.#gates.set(name, (gate = createGate()))
      if (this.#abandoned) gate.break(abandoned)
    }
    return gate
  }
}

interface Gate {
  readonly passed: Promise<void>
  open(): void
  break(error: unknown): void
}

function createGate(): Gate {
  let open!: () => void
  let fail!: (error: unknown) => void
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  // Nobody may ever wait for it.
  passed.catch(() => undefined)
  return { passed, open, break: fail }
}

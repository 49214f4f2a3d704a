/** What the branches of a scenario wait for each other with. */
export class Signals {
  readonly #gates = new Map<string, Gate>()
  #failure: { readonly error: unknown } | undefined

  give(name: string): void {
    this.#gate(name).open()
  }

  wait(name: string): Promise<void> {
    return this.#gate(name).passed
  }

  /** A branch has failed: whoever waits for it, now or later, fails too instead of hanging. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    for (const gate of this.#gates.values()) gate.break(error)
  }

  #gate(name: string): Gate {
    let gate = this.#gates.get(name)
    if (gate === undefined) {
      this.#gates.set(name, (gate = createGate()))
      if (this.#failure !== undefined) gate.break(this.#failure.error)
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

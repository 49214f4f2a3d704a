/** What can be said of a benchmark without running it. */
export interface BenchmarkInfo {
  /** What it measures, in a line. */
  readonly what: string
  /** Its own options; each takes a list of these values. */
  readonly options: Readonly<Record<string, ListOption>>
  /** Whether it measures other libraries too, which are installed when they are first needed. */
  readonly needsPeers: boolean
}

interface ListOption {
  readonly values: readonly string[]
  readonly what: string
}

export interface Settings {
  /** Fewer and shorter rounds: a figure to look at, not one to decide by. */
  readonly quick: boolean
  /** What was chosen of each option; nothing where it was left to the benchmark. */
  readonly options: Readonly<Record<string, readonly string[]>>
  /** Says what is being done; a benchmark takes minutes. */
  readonly progress: (message: string) => void
}

export interface Report {
  /** Name to figure, as `--json` prints them. */
  readonly metrics: Readonly<Record<string, number>>
  /** The same for people, with how far the rounds were apart. */
  readonly text: string
}

export interface Benchmark {
  run(settings: Settings): Promise<Report>
}

import type { Benchmark, BenchmarkInfo } from './lib/benchmark.ts'

interface Registered extends BenchmarkInfo {
  /** Loads what runs it; `npm run bench -- --help` need not. */
  load(): Promise<Benchmark>
}

/** Every benchmark by its name. A new one is a folder beside this file and an entry here. */
export const registry: Readonly<Record<string, Registered>> = {
  adapters: {
    what: 'what the data service costs over the raw driver, and beside other data layers',
    options: {
      engines: {
        values: ['sqlite', 'postgres', 'mariadb', 'mongodb'],
        what: 'which databases, separated by commas (default: all that there are here)',
      },
    },
    needsPeers: true,
    load: async () => (await import('./adapters/benchmark.ts')).adapters,
  },
  rpc: {
    what: 'what a request and its answer cost the server, beside ws, Socket.IO and Feathers',
    options: {},
    needsPeers: true,
    load: async () => (await import('./rpc/benchmark.ts')).rpc,
  },
  fanout: {
    what: 'what telling a thousand of a row costs the server, beside ws, Socket.IO and Feathers',
    options: {},
    needsPeers: true,
    load: async () => (await import('./fanout/benchmark.ts')).fanout,
  },
  memory: {
    what: 'what an idle connection with a live query holds, beside ws',
    options: {},
    needsPeers: true,
    load: async () => (await import('./memory/benchmark.ts')).memory,
  },
  live: {
    what: 'what a write costs beside many live queries, and a subscription beside many of the same',
    options: {},
    needsPeers: false,
    load: async () => (await import('./live/benchmark.ts')).live,
  },
  latency: {
    what: 'how soon a live query shows what another program writes, and what that costs who writes',
    options: {
      engines: {
        values: ['memory', 'postgres', 'mariadb', 'sqlite'],
        what: 'which databases, separated by commas (default: all that there are here)',
      },
    },
    needsPeers: true,
    load: async () => (await import('./latency/benchmark.ts')).latency,
  },
}

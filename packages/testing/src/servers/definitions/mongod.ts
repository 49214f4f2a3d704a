import { join } from 'node:path'
import type { ContainerDefinition, ServerProgram } from '../definition.ts'
import { findProgram } from '../local/find-program.ts'
import type { Missing } from '../server.ts'

export function mongodContainer(...options: string[]): ContainerDefinition {
  return {
    image: 'mongo:8',
    port: 27017,
    environment: () => ({}),
    command: () => ['mongod', '--bind_ip_all', ...serverOptions, ...options],
  }
}

export async function findMongod(...options: string[]): Promise<ServerProgram | Missing> {
  const program = await findProgram('mongod')
  if (program === undefined) return { reason: 'no mongod on PATH' }
  return {
    stopSignal: 'SIGKILL',
    prepare: (folder) => folder.run('mkdir', 'data'),
    command: (folderPath, port) => [
      program,
      `--dbpath=${join(folderPath, 'data')}`,
      '--bind_ip=127.0.0.1',
      `--port=${port}`,
      // Its place is shared, and a server that is killed leaves it behind.
      '--nounixsocket',
      ...serverOptions,
      ...options,
    ],
  }
}

/** It has a journal always. Whether a write waits for it, the writer's write concern says. */
const serverOptions = ['--wiredTigerCacheSizeGB=0.25']

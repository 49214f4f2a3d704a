import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Missing, ServerName } from '@wherry/testing/servers'

const holdServer = fileURLToPath(new URL('hold-server.ts', import.meta.url))

/** Another process that asks for a server, and what it got. */
export async function askInAnotherProcess(
  name: ServerName,
  kind: 'own' | 'shared',
): Promise<{ asking: ChildProcess; answer: { url: string } | Missing }> {
  const node = ['--import', 'tsx', '--conditions=@wherry/source', holdServer, name, kind]
  const asking = spawn(process.execPath, node, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void asking.kill('SIGKILL'))
  const [line] = (await once(createInterface(asking.stdout), 'line')) as [string]
  return { asking, answer: JSON.parse(line) as { url: string } | Missing }
}

import { execFile } from 'node:child_process'
import { chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serverTimeZone, type ServerFolder } from '../definition.ts'

/** Whom a process runs as; empty for whoever runs the tests. */
export interface Identity {
  readonly uid?: number
  readonly gid?: number
}

const execute = promisify(execFile)

/** As root, the identity of this user, which the server's package made; otherwise one's own. */
export async function identityOf(user: string | undefined): Promise<Identity> {
  if (user === undefined || process.getuid?.() !== 0) return {}
  const [uid, gid] = await Promise.all([execute('id', ['-u', user]), execute('id', ['-g', user])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}

/** No setting of whoever runs the tests reaches a server. */
export const serverEnvironment: Readonly<NodeJS.ProcessEnv> = {
  PATH: process.env.PATH,
  TZ: serverTimeZone,
}

export async function openFolder(path: string, owner: Identity): Promise<ServerFolder> {
  const give = async (file: string) => {
    if (owner.uid !== undefined && owner.gid !== undefined) await chown(file, owner.uid, owner.gid)
  }
  await give(path)
  return {
    path,
    async write(name, text) {
      const file = join(path, name)
      await writeFile(file, text, { mode: 0o600 })
      await give(file)
    },
    async run(program, ...args) {
      await execute(program, args, { cwd: path, env: serverEnvironment, ...owner })
    },
  }
}

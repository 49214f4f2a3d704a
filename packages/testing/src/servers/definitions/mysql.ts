import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ServerDefinition } from '../definition.ts'
import { findProgram } from '../local/find-program.ts'
import { localOptions, mysqlDatabases, serverOptions, writeAccount } from './mysql-like.ts'

export const mysql: ServerDefinition = {
  name: 'mysql',
  // Debian has MariaDB only.
  isExpectedInCi: async () => false,
  ...mysqlDatabases,

  container: {
    image: 'mysql:8',
    port: 3306,
    environment: (password) => ({ MYSQL_ROOT_PASSWORD: password }),
    command: serverOptions,
  },

  async findProgram() {
    const program = await findProgram('mysqld')
    if (program === undefined) return { reason: 'no mysqld on PATH or in /usr/sbin' }
    const { stdout: version } = await promisify(execFile)(program, ['--no-defaults', '--version'])
    if (version.includes('MariaDB')) return { reason: `${program} is MariaDB's` }
    return {
      user: 'mysql',
      stopSignal: 'SIGKILL',
      async prepare(folder, password) {
        await writeAccount(folder, password)
        const data = `--datadir=${join(folder.path, 'data')}`
        await folder.run(program, '--no-defaults', '--initialize-insecure', data)
      },
      command: (folderPath, port, settings) => [
        program,
        ...localOptions(folderPath, port),
        '--mysqlx=OFF',
        ...serverOptions(settings),
      ],
    }
  },
}

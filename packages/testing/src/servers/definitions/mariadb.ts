import { join } from 'node:path'
import type { ServerDefinition } from '../definition.ts'
import { findProgram } from '../local/find-program.ts'
import { localOptions, mysqlDatabases, serverOptions, writeAccount } from './mysql-like.ts'

export const mariadb: ServerDefinition = {
  name: 'mariadb',
  isExpectedInCi: async () => true,
  ...mysqlDatabases,

  container: {
    image: 'mariadb:11.4',
    port: 3306,
    environment: (password) => ({ MARIADB_ROOT_PASSWORD: password }),
    command: serverOptions,
  },

  async findProgram() {
    const program = await findProgram('mariadbd')
    const install = await findProgram('mariadb-install-db')
    if (program === undefined || install === undefined) {
      return { reason: 'no mariadbd and mariadb-install-db on PATH or in /usr/sbin' }
    }
    return {
      user: 'mysql',
      stopSignal: 'SIGKILL',
      async prepare(folder, password) {
        await writeAccount(folder, password)
        const options = ['--skip-name-resolve', '--skip-test-db', '--skip-log-bin']
        await folder.run(
          install,
          '--no-defaults',
          `--datadir=${join(folder.path, 'data')}`,
          // MariaDB clears its tmpdir of temporary tables when it starts, those of others, too.
          `--tmpdir=${folder.path}`,
          ...options,
        )
      },
      command: (folderPath, port, settings) => [
        program,
        ...localOptions(folderPath, port),
        ...serverOptions(settings),
      ],
    }
  },
}

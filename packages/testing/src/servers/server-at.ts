import { definitions } from './definitions/all.ts'
import { randomName } from './random-name.ts'
import type { DatabaseServer, ServerName } from './server.ts'

/** The variable that gives tests a server. */
export function urlVariable(name: ServerName): string {
  return `TEST_${name.toUpperCase()}_URL`
}

/** A server that answers at this URL. */
export function serverAt(name: ServerName, url: string): DatabaseServer {
  const { createDatabase, dropDatabase } = definitions[name]
  return {
    url,
    async createDatabase() {
      const database = randomName()
      await createDatabase(url, database)
      const itsUrl = new URL(url)
      itsUrl.pathname = `/${database}`
      return { url: itsUrl.href, drop: () => dropDatabase(url, database) }
    },
  }
}

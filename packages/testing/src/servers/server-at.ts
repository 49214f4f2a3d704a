import { definitions } from './definitions/all.ts'
import { randomName } from './random-name.ts'
import type { DatabaseServer, ServerName } from './server.ts'

/** The variable that gives tests a server. */
export function urlVariable(name: ServerName): string {
  return `TEST_${name.toUpperCase().replace('-', '_')}_URL`
}

/** A server that answers at this URL. */
export function serverAt(name: ServerName, url: string): DatabaseServer {
  const { createDatabase, databaseUrl = withPath, dropDatabase } = definitions[name]
  return {
    url,
    async createDatabase() {
      const database = randomName()
      await createDatabase(url, database)
      return { url: databaseUrl(url, database), drop: () => dropDatabase(url, database) }
    },
  }
}

function withPath(url: string, database: string): string {
  const its = new URL(url)
  its.pathname = `/${database}`
  return its.href
}

import { mysql } from '@wherry/core/mysql'
import { postgres } from '@wherry/core/postgres'

/** The servers, and what makes an adapter for a database of theirs. */
export const servers = {
  postgres: { engine: 'postgres', createAdapter: (url: string) => postgres({ url }) },
  mariadb: { engine: 'mysql', createAdapter: (url: string) => mysql({ url }) },
} as const

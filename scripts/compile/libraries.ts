import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderOfPeer } from '../../bench/lib/peers.ts'
import { root } from '../lib/exec.ts'
import { writeApplication, type Library, type Sizes } from './application.ts'
import { writeDeclarations } from './declarations.ts'
import { drizzle } from './drizzle.ts'
import { kysely } from './kysely.ts'
import { wherry } from './wherry.ts'

export type LibraryName = 'wherry' | PeerName
export type PeerName = 'kysely' | 'drizzle'

interface Installed {
  readonly library: Library
  /** Puts the library's declarations where the application in this folder finds them. */
  install(folder: string): void
}

const libraries: Record<LibraryName, Installed> = {
  wherry: {
    library: wherry,
    install: (folder) =>
      writeDeclarations(join(root, 'packages/core/src'), join(folder, 'core'), [
        'schema/index.ts',
        'service/types.ts',
      ]),
  },
  kysely: { library: kysely, install: linkPeer('kysely') },
  drizzle: { library: drizzle, install: linkPeer('drizzle-orm') },
}

function linkPeer(name: string): (folder: string) => void {
  return (folder) => symlinkSync(folderOfPeer(name), join(folder, 'node_modules'))
}

/** Writes the application with this library into a folder that does not exist yet. */
export function placeApplication(name: LibraryName, folder: string, sizes: Sizes): void {
  mkdirSync(folder)
  const { library, install } = libraries[name]
  install(folder)
  for (const [file, text] of writeApplication(library, sizes)) {
    writeFileSync(join(folder, file), text)
  }
}

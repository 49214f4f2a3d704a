import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { packedOnce, type Artifact } from './artifacts.ts'
import { fromFindings, type Step, type StepResult } from './step.ts'

/** The steps that look at the manifest and files of the packed artifact. */
export const publishedSteps: Step[] = [
  {
    name: 'publint',
    what: 'the packed manifest says what its files are, by publint --strict',
    run: () => forEachArtifact(manifestFindings),
  },
  {
    name: 'attw',
    what: 'types and code of every entry belong together, for ES module consumers',
    run: () => forEachArtifact(typesFindings),
  },
]

export async function manifestFindings({ unpacked }: Artifact): Promise<string[]> {
  // The directory holds what was packed, so publint need not pack again.
  const { messages, pkg } = await publint({
    pkgDir: unpacked,
    pack: false,
    level: 'warning',
    strict: true,
  })
  return messages.map((each) => formatMessage(each, pkg, { color: false }) ?? each.code)
}

/** We offer ES modules, to Node and to bundlers; how others would resolve us is not looked at. */
export async function typesFindings({ tarball }: Artifact): Promise<string[]> {
  // Loaded here, since it brings a compiler of its own that takes a second to load.
  const { checkPackage, createPackageFromTarballData } = await import('@arethetypeswrong/core')
  const { filterProblems, problemKindInfo } = await import('@arethetypeswrong/core/problems')
  const analysis = await checkPackage(createPackageFromTarballData(tarball))
  if (analysis.types === false) return ['has no types']
  return (['node16-esm', 'bundler'] as const).flatMap((resolutionKind) =>
    filterProblems(analysis, { resolutionKind }).map(
      ({ kind }) => `${resolutionKind}: ${problemKindInfo[kind].description}`,
    ),
  )
}

async function forEachArtifact(
  findingsOf: (artifact: Artifact) => Promise<string[]>,
): Promise<StepResult> {
  const findings: string[] = []
  for (const artifact of await packedOnce()) {
    const found = await findingsOf(artifact)
    findings.push(...found.map((finding) => `${artifact.name}: ${finding}`))
  }
  return fromFindings(findings)
}

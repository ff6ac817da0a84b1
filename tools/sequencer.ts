import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take far longer than others; two side by side end soonest when these start first. */
const longest = [
  'test/conformance/lab.test.ts',
  'test/conformance/lab-files.test.ts',
  'test/lab/provider-matrix.test.ts',
  'test/lab/cache.test.ts',
  'test/lab/luks.test.ts',
  'test/lab/snapshot.test.ts',
  'test/lab/snapshot-copy.test.ts',
  'test/lab/troubled.test.ts',
  'test/lab/replicated.test.ts',
  'test/lab/zfs.test.ts',
  'test/lab/faults.test.ts',
  'test/system/chaos.test.ts',
  'test/system/snapshot.test.ts',
]

/** Vitest knows how long files take only where they ran before, which a fresh checkout has not. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = longest.findIndex((path) => moduleId.endsWith(path))
      return place === -1 ? longest.length : place
    }
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}

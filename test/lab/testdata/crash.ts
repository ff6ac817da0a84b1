// Starts a lab, says where, and dies without a chance to clean up.
import { Lab } from '../../../infra/lab/index.ts'

const lab = await Lab.start({ nodes: 1, disksPerNode: 0, udev: false })
process.stdout.write(lab.directory, () => process.kill(process.pid, 'SIGKILL'))

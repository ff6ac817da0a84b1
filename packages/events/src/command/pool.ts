/** Commands about storage pools, and the device pools that they lie on. */
import { z } from 'zod'
import { Props, Provider } from '../kinds.ts'
import { NodeName, PoolName, SharedSpaceName } from '../names.ts'
import { DevicePoolProvider, PoolArguments } from '../physical.ts'
import { changes } from './fields.ts'

export const poolCommands = {
  'storage-pool-definition.create': z.strictObject({ pool: PoolName, props: Props.optional() }),
  'storage-pool-definition.modify': z.strictObject({ pool: PoolName, ...changes }),
  'storage-pool-definition.delete': z.strictObject({ pool: PoolName }),
  'storage-pool.create': z.strictObject({
    node: NodeName,
    pool: PoolName,
    provider: Provider,
    backing: z.string().max(255).default(''),
    sharedSpace: SharedSpaceName.optional(),
    externalLocking: z.boolean().optional(),
    props: Props.optional(),
  }),
  'storage-pool.modify': z.strictObject({ node: NodeName, pool: PoolName, ...changes }),
  'storage-pool.delete': z.strictObject({ node: NodeName, pool: PoolName }),
}

/** Characters that LVM and ZFS both take; a rule judges it by its provider. */
const PoolNameOnDisk = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_+./:-]{0,126}$/, {
  error: 'a device pool name has letters, digits and _+.-/: and begins with none of the signs',
})

export const physicalCommands = {
  'physical-storage.create-device-pool': z.strictObject({
    provider: DevicePoolProvider,
    node: NodeName,
    /** Path, name under /dev, serial number or WWN. */
    devices: z.array(z.string().min(1).max(255)).min(1).max(64),
    /** Volume group, thin pool or zpool; `linstor_<first device>` unless given. */
    poolName: PoolNameOnDisk.optional(),
    /** Added as soon as the device pool is there. */
    pool: PoolName.optional(),
    ...PoolArguments.shape,
  }),
  'physical-storage.delete-device-pool': z.strictObject({
    node: NodeName,
    poolName: PoolNameOnDisk,
  }),
}

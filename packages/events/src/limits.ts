/** Limits with their reasons; sources: LINSTOR reference, sections 1 and 3. */
export const limits = {
  /** DRBD minors are 20 bits wide. */
  minor: { min: 0, max: 1048575, auto: '1000-49999' },
  port: { min: 1, max: 65535, auto: '7000-7999' },
  /** Where snapshots are received that other nodes send. */
  shippingPort: { min: 1, max: 65535, auto: '12000-12999' },
  nodeId: { min: 0, max: 31 },
  peerSlots: { min: 1, max: 31, normal: 7 },
  volumeNumber: { min: 0, max: 65534 },
  /** DRBD's smallest net size and its largest device, 1 PiB. */
  volumeSizeKib: { min: 4, max: 2 ** 40 },
  replicas: 32,
  propertyKeyLength: 256,
  /** Of a key-value store, in characters; XCP-ng keeps JSON in its values. */
  store: { key: 256, value: 65_536 },
  /** Outcomes remembered for commands that are sent twice: about a day of a busy cluster. */
  outcomes: 20_000,
} as const

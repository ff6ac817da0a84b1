/** Option names that drbdadm knows per section; anything else is a parse error (drbd.conf(5)). */

const split = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

export const knownOptions: Readonly<Record<string, ReadonlySet<string>>> = {
  options: split(`
    auto-promote auto-promote-timeout cpu-mask max-io-depth on-no-data-accessible on-no-quorum
    on-suspended-primary-outdated peer-ack-delay peer-ack-window quorum quorum-minimum-redundancy
    twopc-retry-timeout twopc-timeout explicit-drbd8-compat drbd8-compat-mode`),
  net: split(`
    after-sb-0pri after-sb-1pri after-sb-2pri allow-two-primaries always-asbp connect-int
    cram-hmac-alg csums-after-crash-only csums-alg data-integrity-alg fencing ko-count max-buffers
    max-epoch-size on-congestion congestion-extents congestion-fill ping-int ping-timeout protocol
    rcvbuf-size rr-conflict shared-secret sndbuf-size socket-check-timeout tcp-cork timeout transport
    use-rle verify-alg allow-remote-read rdma-ctrl-rcvbuf-size rdma-ctrl-sndbuf-size tls
    tls-keyring tls-privkey tls-certificate load-balance-paths`),
  disk: split(`
    al-extents al-updates c-delay-target c-fill-target c-max-rate c-min-rate c-plan-ahead
    disable-write-same discard-zeroes-if-aligned disk-barrier disk-drain disk-flushes disk-timeout
    fencing max-bio-bvecs md-flushes on-io-error read-balancing resync-after resync-rate
    rs-discard-granularity size bitmap block-size discard-granularity`),
  handlers: split(`
    after-resync-target before-resync-target before-resync-source disconnected fence-peer
    initial-split-brain local-io-error out-of-sync pri-lost pri-lost-after-sb pri-on-incon-degr
    quorum-lost split-brain unfence-peer`),
  startup: split(`
    become-primary-on degr-wfc-timeout outdated-wfc-timeout stacked-timeouts wait-after-sb
    wfc-timeout`),
}

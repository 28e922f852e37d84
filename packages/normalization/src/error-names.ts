/** Kinds of systems whose numbers for errors and signals differ. */
export type SystemFamily = 'linux' | 'darwin' | 'windows';

const LINUX = [
  'linux',
  'android',
  'ubuntu',
  'debian',
  'fedora',
  'centos',
  'red hat',
  'alpine',
  'arch',
  'opensuse',
  'suse',
];
const DARWIN = ['mac', 'ios', 'ipados', 'tvos', 'watchos', 'visionos', 'darwin'];

/** The family of a system by the name in the `os` context; undefined for one that is not known. */
export function systemFamilyOf(osName: unknown): SystemFamily | undefined {
  if (typeof osName !== 'string') return undefined;
  const name = osName.slice(0, 100).toLowerCase();
  if (DARWIN.some((start) => name.startsWith(start))) return 'darwin';
  if (name.startsWith('windows')) return 'windows';
  return name.includes('linux') || LINUX.some((start) => name.startsWith(start)) ? 'linux' : undefined;
}

/** `first` and the names of the numbers that follow it; `-` for a number without a name. */
function numbered(first: number, names: string): [number, string][] {
  return names
    .split(/\s+/)
    .map((name, i): [number, string] => [first + i, name])
    .filter(([, name]) => name !== '-');
}

/** The first numbers are those of the first Unix. */
const COMMON_ERRNO = `EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD`;
const COMMON_ERRNO_12 =
  `ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG
  ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE`.trim();

const LINUX_ERRNO = new Map([
  ...numbered(1, COMMON_ERRNO),
  [11, 'EAGAIN'] as const,
  ...numbered(12, COMMON_ERRNO_12),
  ...numbered(
    35,
    `EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR
     EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT
     EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ
     EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN
     ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH
     EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED
     EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON`,
  ),
]);

const DARWIN_ERRNO = new Map([
  ...numbered(1, COMMON_ERRNO),
  [11, 'EDEADLK'] as const,
  ...numbered(12, COMMON_ERRNO_12),
  ...numbered(
    35,
    `EAGAIN EINPROGRESS EALREADY ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT ENOTSUP EPFNOSUPPORT
     EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS
     ETIMEDOUT ECONNREFUSED ELOOP ENAMETOOLONG EHOSTDOWN EHOSTUNREACH ENOTEMPTY EPROCLIM EUSERS EDQUOT ESTALE EREMOTE EBADRPC ERPCMISMATCH
     EPROGUNAVAIL EPROGMISMATCH EPROCUNAVAIL ENOLCK ENOSYS EFTYPE EAUTH ENEEDAUTH EPWROFF EDEVERR EOVERFLOW EBADEXEC EBADARCH ESHLIBVERS EBADMACHO
     ECANCELED EIDRM ENOMSG EILSEQ ENOATTR EBADMSG EMULTIHOP ENODATA ENOLINK ENOSR ENOSTR EPROTO ETIME EOPNOTSUPP ENOPOLICY ENOTRECOVERABLE
     EOWNERDEAD EQFULL`,
  ),
]);

/** Those of the C library. */
const WINDOWS_ERRNO = new Map([
  ...numbered(1, COMMON_ERRNO),
  [11, 'EAGAIN'] as const,
  ...numbered(12, COMMON_ERRNO_12.replace('ENOTBLK', '-').replace('ETXTBSY', '-')),
  ...numbered(36, `EDEADLK - ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY EILSEQ`),
  ...numbered(
    100,
    `EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EALREADY EBADMSG ECANCELED ECONNABORTED ECONNREFUSED ECONNRESET EDESTADDRREQ EHOSTUNREACH EIDRM
     EINPROGRESS EISCONN ELOOP EMSGSIZE ENETDOWN ENETRESET ENETUNREACH ENOBUFS ENODATA ENOLINK ENOMSG ENOPROTOOPT ENOSR ENOSTR ENOTCONN
     ENOTRECOVERABLE ENOTSOCK ENOTSUP EOPNOTSUPP EOTHER EOVERFLOW EOWNERDEAD EPROTO EPROTONOSUPPORT EPROTOTYPE ETIME ETIMEDOUT ETXTBSY
     EWOULDBLOCK`,
  ),
]);

const LINUX_SIGNALS = new Map(
  numbered(
    1,
    `SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT
     SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPWR SIGSYS`,
  ),
);

const DARWIN_SIGNALS = new Map(
  numbered(
    1,
    `SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGEMT SIGFPE SIGKILL SIGBUS SIGSEGV SIGSYS SIGPIPE SIGALRM SIGTERM SIGURG SIGSTOP SIGTSTP SIGCONT
     SIGCHLD SIGTTIN SIGTTOU SIGIO SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGINFO SIGUSR1 SIGUSR2`,
  ),
);

/** What happened, by signal and code; only Apple's systems, where a crash reporter sends both. */
const DARWIN_SIGNAL_CODES = new Map<number, ReadonlyMap<number, string>>([
  [
    4,
    new Map(
      numbered(
        0,
        'ILL_NOOP ILL_ILLOPC ILL_ILLTRP ILL_PRVOPC ILL_ILLOPN ILL_ILLADR ILL_PRVREG ILL_COPROC ILL_BADSTK',
      ),
    ),
  ],
  [5, new Map(numbered(1, 'TRAP_BRKPT TRAP_TRACE'))],
  [
    8,
    new Map(
      numbered(
        0,
        'FPE_NOOP FPE_FLTDIV FPE_FLTOVF FPE_FLTUND FPE_FLTRES FPE_FLTINV FPE_FLTSUB FPE_INTDIV FPE_INTOVF',
      ),
    ),
  ],
  [10, new Map(numbered(0, 'BUS_NOOP BUS_ADRALN BUS_ADRERR BUS_OBJERR'))],
  [11, new Map(numbered(0, 'SEGV_NOOP SEGV_MAPERR SEGV_ACCERR'))],
]);

const MACH_EXCEPTIONS = new Map(
  numbered(
    1,
    `EXC_BAD_ACCESS EXC_BAD_INSTRUCTION EXC_ARITHMETIC EXC_EMULATION EXC_SOFTWARE EXC_BREAKPOINT EXC_SYSCALL EXC_MACH_SYSCALL EXC_RPC_ALERT EXC_CRASH
     EXC_RESOURCE EXC_GUARD EXC_CORPSE_NOTIFY`,
  ),
);

const ERRNO = { linux: LINUX_ERRNO, darwin: DARWIN_ERRNO, windows: WINDOWS_ERRNO };

/** `ENOENT` for 2. */
export function errnoName(system: SystemFamily, number: number): string | undefined {
  return ERRNO[system].get(number);
}

/** `SIGSEGV` for 11. Windows has none. */
export function signalName(system: SystemFamily, number: number): string | undefined {
  if (system === 'windows') return undefined;
  return (system === 'darwin' ? DARWIN_SIGNALS : LINUX_SIGNALS).get(number);
}

/** `SEGV_MAPERR` for code 1 of signal 11. */
export function signalCodeName(system: SystemFamily, number: number, code: number): string | undefined {
  return system === 'darwin' ? DARWIN_SIGNAL_CODES.get(number)?.get(code) : undefined;
}

/** `EXC_BAD_ACCESS` for 1. */
export function machExceptionName(exception: number): string | undefined {
  return MACH_EXCEPTIONS.get(exception);
}

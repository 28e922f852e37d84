/** Parameters of the postmaster, small enough for a laptop: the whole stack shall idle below 900 MB. What decides durability is on, whatever the file in the folder says. */
export function serverSettings(port: number): Readonly<Record<string, string>> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    password_encryption: 'scram-sha-256',
    max_connections: '100',
    shared_buffers: '64MB',
    work_mem: '4MB',
    maintenance_work_mem: '32MB',
    wal_buffers: '2MB',
    max_wal_size: '512MB',
    min_wal_size: '64MB',
    wal_level: 'replica',
    max_wal_senders: '0',
    max_worker_processes: '4',
    max_parallel_workers: '2',
    autovacuum_max_workers: '1',
    io_method: 'sync',
    jit: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
    // A refused statement may hold what somebody typed into a form: the log gets the error, not the statement and its values.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
  };
}

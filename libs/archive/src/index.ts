export { LOG_FILE_FORMAT, LINE_BYTES_MAX, type Compression, type LogFileHeader, type LogFileTrailer } from './log-file.format.js';
export { writeLogFile, type LogFileSummary, type WriteLogFileOptions } from './log-file.writer.js';
export { LogFile, readLogFile, type ReadLogFileOptions } from './log-file.reader.js';
export { holdsArchive, openArchive, Archive, type ArchivedRange, type DamagedFile, type OpenArchiveOptions } from './archive.js';
export { archiveAsLog, withArchive, withArchiveIn, ArchivedLog, type LogReader } from './archived-log.js';
export { ComparedLog, type Difference, type ReadFrom } from './compared-log.js';
export { readManifest, type ArchivedFile, type ArchiveSigner, type Manifest } from './manifest.js';
export { writeArchive, type WriteArchiveOptions } from './write-archive.js';
export { restoreArchive, type RestoreArchiveOptions, type RestoredRange } from './restore-archive.js';

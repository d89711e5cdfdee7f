export { LOG_FILE_FORMAT, LINE_BYTES_MAX, type Compression, type LogFileHeader, type LogFileTrailer } from './log-file.format.js';
export { writeLogFile, type LogFileSummary, type WriteLogFileOptions } from './log-file.writer.js';
export { LogFile, readLogFile, type ReadLogFileOptions } from './log-file.reader.js';

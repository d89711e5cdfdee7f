// Original file: proto/docket/token/v1/token.proto


export interface ReportUsageResponse {
}

export interface ReportUsageResponse__Output {
}

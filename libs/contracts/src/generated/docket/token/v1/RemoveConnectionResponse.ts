// Original file: proto/docket/token/v1/connection.proto


export interface RemoveConnectionResponse {
}

export interface RemoveConnectionResponse__Output {
}

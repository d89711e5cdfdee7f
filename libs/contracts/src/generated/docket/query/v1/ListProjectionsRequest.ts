// Original file: proto/docket/query/v1/query.proto


export interface ListProjectionsRequest {
}

export interface ListProjectionsRequest__Output {
}

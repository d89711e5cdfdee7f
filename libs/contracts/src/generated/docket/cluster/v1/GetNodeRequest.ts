// Original file: proto/docket/cluster/v1/cluster.proto


export interface GetNodeRequest {
}

export interface GetNodeRequest__Output {
}

// Original file: proto/docket/cluster/v1/cluster.proto


export interface GetClusterRequest {
}

export interface GetClusterRequest__Output {
}

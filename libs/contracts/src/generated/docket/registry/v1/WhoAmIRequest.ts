// Original file: proto/docket/registry/v1/registry.proto


export interface WhoAmIRequest {
}

export interface WhoAmIRequest__Output {
}

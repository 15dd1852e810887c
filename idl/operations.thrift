// 运维：存活、就绪、指标、接口文档。
namespace go operations

// 存活
struct Health {
  1: required string status // ok
}

// 一项依赖
struct Check {
  1: required string name        // 名称：store、queue
  2: required bool ok            // 是否正常
  3: optional string reason = "" // 不正常的原因
}

// 就绪
struct Readiness {
  1: required bool ready         // 是否就绪；未就绪时状态码为 503
  2: required list<Check> checks // 各项依赖
}

// 文档页的文件
struct DocsFileRequest {
  1: required string file (api.path="file", go.tag='json:"-"') // 文件
}

// 运维
service Operations {
  // 进程存活
  Health Healthz() (api.get="/healthz")
  // 存储与队列就绪；未就绪时为 503，并说明原因
  Readiness Readyz() (api.get="/readyz", doc.also="503")
  // Prometheus 指标
  string Metrics() (api.get="/metrics", doc.produces="text/plain")
  // 本文档
  string OpenAPI() (api.get="/openapi.json", doc.produces="application/json")
  // 文档页
  string Docs() (api.get="/docs", doc.produces="text/html")
  // 文档页的文件
  binary DocsFile(1: DocsFileRequest request) (api.get="/docs/*file", doc.produces="application/octet-stream")
} (doc.auth="none")

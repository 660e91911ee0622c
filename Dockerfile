# Two stages: the toolchain builds a static binary, distroless runs it as
# nobody in particular. The same sources and arguments build the same bytes.
#
#   docker build --build-arg VERSION=1.2.3 --build-arg REVISION=$(git rev-parse HEAD) .
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG REVISION=unknown
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
    -ldflags "-s -w -buildid= -X main.version=${VERSION} -X main.revision=${REVISION}" \
    -o /sluice ./cmd/sluice

FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sluice" \
      org.opencontainers.image.description="The quality gate of a data mesh" \
      org.opencontainers.image.source="https://github.com/sluicedata/sluice" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /sluice /sluice
USER 65532:65532
EXPOSE 9464
ENTRYPOINT ["/sluice"]
CMD ["run", "--config", "/etc/sluice/sluice.yaml"]
# The image has no shell: the binary asks its own listener.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/sluice", "health", "--url", "http://127.0.0.1:9464"]

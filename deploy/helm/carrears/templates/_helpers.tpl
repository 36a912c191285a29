{{- define "carrears.labels" -}}
app.kubernetes.io/name: carrears
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "carrears.selector" -}}
app.kubernetes.io/name: carrears
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "carrears.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}-carrears
{{- end }}

{{- define "carrears.claim" -}}
{{ .Values.persistence.existingClaim | default (printf "%s-home" (include "carrears.name" .)) }}
{{- end }}

{{/* What every pod has in common; the caller adds containers and volumes. */}}
{{- define "carrears.pod" -}}
automountServiceAccountToken: false
serviceAccountName: {{ include "carrears.name" . }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  # Keys are readable to their owner only; to hand all files to the group anew would undo that.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What every container has in common. */}}
{{- define "carrears.container" -}}
image: {{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag }}{{ end }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
envFrom:
  - secretRef: {name: {{ .Values.existingSecret }}}
env:
  - {name: CARREARS_HOME, value: /var/lib/carrears}
  - {name: CARREARS_MIGRATE_AT_START, value: "0"}
  - {name: CARREARS_LOG_FORMAT, value: json}
  - {name: CARREARS_HTTPS, value: "1"}
  - {name: CARREARS_ALLOWED_HOSTS, value: {{ printf "%s,127.0.0.1" .Values.host | quote }}}
  - {name: CARREARS_TRUSTED_ORIGINS, value: {{ printf "https://%s" .Values.host | quote }}}
  - {name: CARREARS_PUBLIC_URL, value: {{ printf "https://%s" .Values.host | quote }}}
  - {name: CARREARS_TRUSTED_PROXIES, value: {{ .Values.trustedProxies | quote }}}
  - {name: NUMBA_CACHE_DIR, value: /tmp/numba}
  - {name: CARREARS_TIME_ZONE, value: {{ .Values.dayRun.timeZone | quote }}}
  - {name: TZ, value: {{ .Values.dayRun.timeZone | quote }}}
  {{- range $name, $value := .Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
{{- end }}

{{- define "carrears.mounts" -}}
volumeMounts:
  - {name: home, mountPath: /var/lib/carrears}
  - {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "carrears.volumes" -}}
volumes:
  - name: home
    persistentVolumeClaim: {claimName: {{ include "carrears.claim" . }}}
  - name: tmp
    emptyDir: {}
{{- end }}

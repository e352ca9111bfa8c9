id=$(cat /proc/sys/kernel/random/uuid)
input=$(rookery sign --id "$id" "What is in this directory?")
temporal workflow start --type backgroundTask --task-queue rookery --workflow-id "$id" \
  --id-reuse-policy RejectDuplicate --input "$input"
temporal workflow result --workflow-id "$id"
temporal workflow query --workflow-id "$id" --name status
temporal workflow list --query "WorkflowType = 'backgroundTask' AND RookeryStatus = 'Completed'"

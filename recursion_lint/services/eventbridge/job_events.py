"""Events about jobs, queries and other work that services of analytics, media and machine learning do: who causes them.

Sources and detail types: https://docs.aws.amazon.com/eventbridge/latest/ref/welcome.html
The fields of the events stand on the pages that are named before each group.
"""

from recursion_lint.services.service_event import ServiceEvent, calls

_DONE = ("STARTED", "RUNNING", "IN_PROGRESS", "SUCCEEDED", "COMPLETED")

JOB_EVENTS: tuple[ServiceEvent, ...] = (
    # https://docs.aws.amazon.com/athena/latest/ug/athena-events.html
    ServiceEvent(
        "aws.athena",
        ("Athena Query State Change",),
        {
            **calls("athena", "StartQueryExecution"),
            **calls("athena", "StopQueryExecution", currentState=("CANCELLED",)),
        },
        {"currentState": ("QUEUED", "RUNNING", "SUCCEEDED")},
        {"detail.workgroupName": "name"},
        "workgroup/",
        "WorkGroup",
    ),
    # https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-eventbridge.html
    ServiceEvent(
        "aws.bedrock", ("Batch Inference Job State Change",), calls("bedrock", "CreateModelInvocationJob")
    ),
    ServiceEvent(
        "aws.bedrock",
        ("Model Customization Job State Change",),
        calls("bedrock", "CreateModelCustomizationJob"),
    ),
    # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-manage-cloudwatch-events.html
    ServiceEvent(
        "aws.emr",
        ("EMR Cluster State Change",),
        {
            **calls("elasticmapreduce", "RunJobFlow", state=("STARTING", "RUNNING", "WAITING", "TERMINATED")),
            **calls("elasticmapreduce", "TerminateJobFlows", state=("TERMINATING", "TERMINATED")),
        },
    ),
    ServiceEvent(
        "aws.emr",
        ("EMR Step Status Change",),
        calls("elasticmapreduce", "AddJobFlowSteps", "RunJobFlow"),
        {"state": ("PENDING", "RUNNING", "COMPLETED")},
    ),
    # https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/using-eventbridge.html
    ServiceEvent(
        "aws.emr-serverless",
        ("EMR Serverless Job Run State Change",),
        calls("emr-serverless", "StartJobRun"),
        {"state": ("SUBMITTED", "RUNNING", "SUCCESS")},
    ),
    # https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_event_list.html
    ServiceEvent(
        "aws.mediaconvert",
        ("MediaConvert Job State Change",),
        {
            **calls("mediaconvert", "CreateJob"),
            **calls("mediaconvert", "CancelJob", status=("CANCELED",)),
        },
        {"status": ("INPUT_INFORMATION", "PROGRESSING", "STATUS_UPDATE", "COMPLETE")},
        {"detail.queue": "arn"},
        "queues/",
        "Queue",
    ),
    # https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-monitoring-events.html
    ServiceEvent(
        "aws.redshift-data",
        ("Redshift Data Statement Status Change",),
        calls("redshift-data", "ExecuteStatement", "BatchExecuteStatement"),
        {"state": ("STARTED", "FINISHED")},
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    *(
        ServiceEvent(
            "aws.sagemaker",
            (f"SageMaker {name}",),
            calls("sagemaker", action),
            {status: ("InProgress", "Completed", "InService", "Executing", "Succeeded")},
        )
        for name, action, status in (
            ("Training Job State Change", "CreateTrainingJob", "TrainingJobStatus"),
            ("Processing Job State Change", "CreateProcessingJob", "ProcessingJobStatus"),
            ("Transform Job State Change", "CreateTransformJob", "TransformJobStatus"),
            (
                "HyperParameter Tuning Job State Change",
                "CreateHyperParameterTuningJob",
                "HyperParameterTuningJobStatus",
            ),
            (
                "Model Building Pipeline Execution Status Change",
                "StartPipelineExecution",
                "currentPipelineExecutionStatus",
            ),
        )
    ),
    # https://docs.aws.amazon.com/transcribe/latest/dg/monitoring-events.html
    ServiceEvent(
        "aws.transcribe",
        ("Transcribe Job State Change",),
        calls("transcribe", "StartTranscriptionJob", "StartMedicalTranscriptionJob"),
        {"TranscriptionJobStatus": _DONE},
    ),
    ServiceEvent(
        "aws.transcribe",
        ("Call Analytics Job State Change", "Call Analytics Post Call Job State Change"),
        calls("transcribe", "StartCallAnalyticsJob", "StartCallAnalyticsStreamTranscription"),
        {"JobStatus": _DONE},
    ),
    ServiceEvent(
        "aws.transcribe",
        ("Language Identification State Change", "Multiple Language Identification State Change"),
        calls("transcribe", "StartTranscriptionJob"),
    ),
    ServiceEvent(
        "aws.transcribe",
        ("Vocabulary State Change",),
        calls("transcribe", "CreateVocabulary", "UpdateVocabulary"),
    ),
    ServiceEvent(
        "aws.transcribe",
        ("Transcribe Language Model State Change",),
        calls("transcribe", "CreateLanguageModel"),
    ),
    # https://docs.aws.amazon.com/translate/latest/dg/monitoring-with-eventbridge.html
    ServiceEvent(
        "aws.translate",
        ("Translate TextTranslationJob State Change",),
        {
            **calls("translate", "StartTextTranslationJob"),
            **calls("translate", "StopTextTranslationJob", jobStatus=("STOPPED",)),
        },
        {"jobStatus": ("COMPLETED",)},
    ),
    ServiceEvent(
        "aws.translate",
        ("Translate Parallel Data State Change",),
        calls("translate", "CreateParallelData", "UpdateParallelData"),
    ),
    # https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-eventbridge.html
    ServiceEvent(
        "aws.imagebuilder",
        ("EC2 Image Builder Image State Change",),
        calls("imagebuilder", "CreateImage", "StartImagePipelineExecution"),
        {"state.status": ("PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "AVAILABLE")},
    ),
    # https://docs.aws.amazon.com/codeartifact/latest/ug/service-event-format-example.html
    ServiceEvent(
        "aws.codeartifact",
        ("CodeArtifact Package Version State Change",),
        calls(
            "codeartifact",
            "PublishPackageVersion",
            "CopyPackageVersions",
            "UpdatePackageVersionsStatus",
            "DisposePackageVersions",
            "DeletePackageVersions",
        ),
    ),
    # https://docs.aws.amazon.com/omics/latest/dev/eventbridge.html
    ServiceEvent(
        "aws.omics",
        ("Run Status Change",),
        {**calls("omics", "StartRun"), **calls("omics", "CancelRun", status=("STOPPING", "CANCELLED"))},
        {"status": ("PENDING", "STARTING", "RUNNING", "COMPLETED")},
    ),
    # What these tell of their jobs by EventBridge has no reference page; by topic it has, see role_chaining.
    # https://docs.aws.amazon.com/textract/latest/APIReference/API_EventBridgeConfiguration.html
    ServiceEvent(
        "aws.textract",
        (),
        calls(
            "textract",
            "StartDocumentAnalysis",
            "StartDocumentTextDetection",
            "StartExpenseAnalysis",
            "StartLendingAnalysis",
        ),
    ),
    ServiceEvent(
        "aws.rekognition",
        (),
        calls(
            "rekognition",
            "StartCelebrityRecognition",
            "StartContentModeration",
            "StartFaceDetection",
            "StartFaceSearch",
            "StartLabelDetection",
            "StartMediaAnalysisJob",
            "StartPersonTracking",
            "StartProjectVersion",
            "StartSegmentDetection",
            "StartTextDetection",
            "CreateProjectVersion",
        ),
    ),
    # https://docs.aws.amazon.com/glue/latest/dg/data-quality-eventbridge.html
    ServiceEvent(
        "aws.glue-dataquality",
        ("Data Quality Evaluation Results Available",),
        calls("glue", "StartDataQualityRulesetEvaluationRun"),
    ),
)

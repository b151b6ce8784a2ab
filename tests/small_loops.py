"""The smallest loop that a template can hold: a queue and the function that fills it. ``@`` stands for its number."""

LOOP = """\
  In@:
    Type: AWS::SQS::Queue
  Work@:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Policies:
        - SQSSendMessagePolicy: {QueueName: !GetAtt In@.QueueName}
      Events:
        Message:
          Type: SQS
          Properties: {Queue: !GetAtt In@.Arn}
"""

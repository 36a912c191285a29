"""Text messages by the HTTP services of Alibaba Cloud, Tencent Cloud and Twilio."""

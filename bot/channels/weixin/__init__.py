"""What the WeChat official account and WeCom customer service share: one company's platform, one sealed
envelope for callbacks, one kind of access token, one kind of error."""

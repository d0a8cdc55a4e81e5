"""What operators live with: the server with its UI, a worker, deployments, automations, the status and its page."""

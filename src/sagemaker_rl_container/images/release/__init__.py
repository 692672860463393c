"""What is in a built image, asked of the image itself: its manifest and its bill of materials."""
